"""The pages that people look at: server-rendered HTML, small ES modules, no build step, nothing from elsewhere."""
