// What is used of @azure/identity, so that it is loaded only where an Azure registry is.
export {DefaultAzureCredential, type DefaultAzureCredentialOptions} from '@azure/identity';
