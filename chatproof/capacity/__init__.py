"""How many streams a backend holds within its targets."""
