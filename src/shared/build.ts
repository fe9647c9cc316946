/** What a build knows of itself: `scripts/compile/bundle.ts` writes it into the bundle, instead of these texts. */
const COMMIT_OF_BUILD: string = "commit-of-the-build";
const KIND_OF_BUILD: string = "kind-of-the-build";

/** The commit that a build was made from; undefined from the sources, or where there was no repository. */
export const COMMIT: string | undefined = /^[0-9a-f]{40}$/.test(COMMIT_OF_BUILD)
  ? COMMIT_OF_BUILD
  : undefined;

/** Whether this is the program of the npm package, which runs on the Deno beside it. */
export const FROM_NPM: boolean = KIND_OF_BUILD === "npm";
