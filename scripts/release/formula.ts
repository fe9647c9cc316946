/** The Homebrew formula of a release. */

/** Platforms that Homebrew runs on. */
export const FORMULA_PLATFORMS = ["macos-x64", "macos-arm64", "linux-x64", "linux-arm64"] as const;

/** SHA-256 of the archives in hexadecimal, by platform. */
export type ArchiveSums = Readonly<Record<typeof FORMULA_PLATFORMS[number], string>>;

/** okws.rb. */
export function renderFormula(version: string, downloads: string, sums: ArchiveSums): string {
  const source = (platform: keyof ArchiveSums) =>
    `      url "${downloads}/okws-${platform}.tar.gz"
      sha256 "${sums[platform]}"`;
  return `# Made by \`deno task release\`.
class Okws < Formula
  desc "OKX exchange data in Redis, fresh and unattended"
  homepage "https://github.com/oscnet/okws"
  version "${version}"
  license "MIT"

  on_macos do
    on_arm do
${source("macos-arm64")}
    end
    on_intel do
${source("macos-x64")}
    end
  end

  on_linux do
    on_arm do
${source("linux-arm64")}
    end
    on_intel do
${source("linux-x64")}
    end
  end

  def install
    bin.install "okws"
    man1.install "okws.1"
    bash_completion.install "completions/okws.bash" => "okws"
    fish_completion.install "completions/okws.fish"
    zsh_completion.install "completions/okws.zsh" => "_okws"
    pkgshare.install "okws.yaml", "alerts.yaml"
  end

  def caveats
    <<~EOS
      Write a configuration and run okws in the foreground:
        okws init && okws serve
      Or let launchd or systemd run it:
        sudo okws service install -c /path/to/okws.yaml
    EOS
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/okws --version")
  end
end
`;
}
