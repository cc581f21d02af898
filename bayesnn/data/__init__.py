"""Tables: reading, checking, standardizing, and the real data sets that come along."""
