"""What computer, engine and GPU did while the load ran: probes that read, and a recorder that calls them."""
