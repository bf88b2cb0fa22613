"""What every command needs before it starts: the study, its data, the areas and notebooks it is about."""
