"""JupyterLab: opening it, exploring in it, and comparing recorded results."""
