"""The review page, in a browser and request by request."""
