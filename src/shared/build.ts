/** What a build knows of itself. `scripts/compile.ts` puts the commit into the bundle, in the place of this text. */
const COMMIT_OF_BUILD: string = "commit-of-the-build";

/** The commit that an executable was built from; undefined from the sources, or where there was no repository. */
export const COMMIT: string | undefined = /^[0-9a-f]{40}$/.test(COMMIT_OF_BUILD)
  ? COMMIT_OF_BUILD
  : undefined;
