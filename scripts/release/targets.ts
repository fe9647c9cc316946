/** The platforms that a release has executables for. */

export type Target = {
  /** In names of files, and what install.sh finds out with uname. */
  readonly name: string;
  /** Deno's name. */
  readonly triple: string;
  /** Of the executable. */
  readonly file: "okws" | "okws.exe";
  /** Whether Debian and RPM packages are made of it. */
  readonly isPackaged: boolean;
};

export const TARGETS: readonly Target[] = [
  { name: "linux-x64", triple: "x86_64-unknown-linux-gnu", file: "okws", isPackaged: true },
  { name: "linux-arm64", triple: "aarch64-unknown-linux-gnu", file: "okws", isPackaged: true },
  { name: "macos-x64", triple: "x86_64-apple-darwin", file: "okws", isPackaged: false },
  { name: "macos-arm64", triple: "aarch64-apple-darwin", file: "okws", isPackaged: false },
  { name: "windows-x64", triple: "x86_64-pc-windows-msvc", file: "okws.exe", isPackaged: false },
];

/** The archive of a platform; without the version, so that the newest has an address that stays. */
export function archiveName({ name }: Target): string {
  return `okws-${name}.tar.gz`;
}
