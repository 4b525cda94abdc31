"""What Dormouse learns, how it learns it and how it forgets: no window, no engine, and torch only in the worker."""
