"""What happens for a review, step by step; each asks for the smallest protocol that it needs."""
