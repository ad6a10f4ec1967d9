/** Delta counts dates in days since 1970-01-01, UTC. */
export const msPerDay = 86_400_000;
