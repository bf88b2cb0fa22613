"""What comes next: the meeting, and what an effort is worth."""
