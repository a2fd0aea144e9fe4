/** Version of the host's programs, as their package says. */
export const VERSION = "0.1.0";
