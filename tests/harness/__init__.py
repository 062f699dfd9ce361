"""What tests run difd with: instances, folders, pictures, faults, references to compare with.

No test is here, and nothing of difd is imitated: tests use real files, sockets and processes.
"""
