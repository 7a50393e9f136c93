// Written by `npm run generate` from lang/cue/std/.
export const stdSources: Readonly<Record<string, string>> = {};
