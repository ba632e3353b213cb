"""What outcomes and new visits say of a model that is in use, or that answers silently. Arrays in, figures out."""
