"""The tutorial's lessons: begin one anywhere, check its exercises, start over."""
