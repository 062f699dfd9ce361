"""What tests run difd with."""
