"""The front door: one function for each thing a person does. Joins the rooms; holds no state."""
