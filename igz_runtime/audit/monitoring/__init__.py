"""Files to set up an audit over time, as data: `igz-runtime audit --print`."""
