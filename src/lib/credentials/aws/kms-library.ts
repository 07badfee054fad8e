// What is used of the AWS SDK for keys, so that it is loaded as a whole, and only where a record is signed with one.
export {GetPublicKeyCommand, KMSClient, SignCommand} from '@aws-sdk/client-kms';

// as for what is used of it for registries
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
