// What a container needs besides corectl's one file: git, what git loads to speak https, and whom to trust. Debian packages,
// each with the files that are taken out of it.

/** Libraries by their names, in whichever folder the architecture has them. */
const libraries = (...names) => names.map((name) => `./*/${name}*`);

/** git's own programs, the shell that git starts `git-upload-pack` of a local repository with, and what these and corectl load. */
export const baseParts = {
  'ca-certificates': ['./usr/share/ca-certificates/*'],
  dash: ['./bin/dash', './bin/sh'],
  'gcc-12-base': [],
  git: ['./usr/bin/git', './usr/bin/git-upload-pack', './usr/lib/git-core/git-remote-http*'],
  libbrotli1: libraries('libbrotlicommon.so.1', 'libbrotlidec.so.1'),
  libc6: [
    './lib*/ld-linux-*',
    ...libraries('libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0', 'libresolv.so.2', 'librt.so.1'),
  ],
  'libcom-err2': libraries('libcom_err.so.2'),
  'libcurl3-gnutls': libraries('libcurl-gnutls.so.4'),
  libffi8: libraries('libffi.so.8'),
  'libgcc-s1': [...libraries('libgcc_s.so.1'), './usr/share/doc/libgcc-s1'],
  libgmp10: libraries('libgmp.so.10'),
  libgnutls30: libraries('libgnutls.so.30'),
  'libgssapi-krb5-2': libraries('libgssapi_krb5.so.2'),
  libhogweed6: libraries('libhogweed.so.6'),
  'libidn2-0': libraries('libidn2.so.0'),
  libk5crypto3: libraries('libk5crypto.so.3'),
  libkeyutils1: libraries('libkeyutils.so.1'),
  'libkrb5-3': libraries('libkrb5.so.3'),
  libkrb5support0: libraries('libkrb5support.so.0'),
  'libldap-2.5-0': libraries('libldap-2.5.so.0', 'liblber-2.5.so.0'),
  libnettle8: libraries('libnettle.so.8'),
  'libnghttp2-14': libraries('libnghttp2.so.14'),
  'libp11-kit0': libraries('libp11-kit.so.0'),
  'libpcre2-8-0': libraries('libpcre2-8.so.0'),
  libpsl5: libraries('libpsl.so.5'),
  librtmp1: libraries('librtmp.so.1'),
  'libsasl2-2': libraries('libsasl2.so.2'),
  'libssh2-1': libraries('libssh2.so.1'),
  libssl3: libraries('libcrypto.so.3'),
  'libtasn1-6': libraries('libtasn1.so.6'),
  libunistring2: libraries('libunistring.so.2'),
  libzstd1: libraries('libzstd.so.1'),
  zlib1g: libraries('libz.so.1'),
};

/** What the debug image has besides. */
export const debugParts = {'busybox-static': ['./bin/busybox']};
