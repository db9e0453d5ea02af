"""Many nodes: who is alive, who has which session, what is kept of it, and how it goes on elsewhere."""
