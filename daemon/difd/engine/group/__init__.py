"""From matches to groups, to what stays, and to the rows of a result; compares no pixels."""
