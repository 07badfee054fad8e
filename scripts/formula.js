/** The Homebrew formula for the files of a release; `checksums` has the SHA-256 of `corectl-SYSTEM` by the system. */
export function formulaOf({version, summary, homepage, license}, checksums) {
  const download = (system, indent) => {
    const url = `${homepage}/releases/download/v${version}/corectl-${system}`;
    return `${indent}url "${url}"\n${indent}sha256 "${checksums[system]}"`;
  };
  const block = (os, name) => `  on_${os} do
    on_arm do
${download(`${name}-arm64`, '      ')}
    end
    on_intel do
${download(`${name}-x64`, '      ')}
    end
  end`;
  return `class Corectl < Formula
  desc "${summary}"
  homepage "${homepage}"
  version "${version}"
  license "${license}"

${block('macos', 'darwin')}

${block('linux', 'linux')}

  def install
    bin.install Dir["corectl-*"].first => "corectl"
    chmod 0755, bin/"corectl"
    generate_completions_from_executable(bin/"corectl", "completion")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/corectl --version")
  end
end
`;
}
