"""Lock files: what a project says it wants to have installed. Evidence `declared`; what is for development only is marked."""
