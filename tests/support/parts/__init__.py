"""Parts of a pipeline, and what is put into them."""
