"""Another configuration, rehearsed on what a journal recorded: read, judged and told. Nothing here writes or sends."""
