"""The risk tools of the clinic: how each stands, its card, its fit to what happened here, and adding one."""
