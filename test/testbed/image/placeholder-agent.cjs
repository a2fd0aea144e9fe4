// Stands in for the agent where a test brings none: a Node process that does nothing.
setInterval(() => {}, 60_000);
