"""The commands of ``interlock``, one a file. Each is imported only when it is run."""
