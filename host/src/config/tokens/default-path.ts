/** Where the agents' tokens are kept unless the config says otherwise. */
export const DEFAULT_TOKENS_PATH = "/etc/ballast/tokens.yaml";
