package egress

default decision := false

allow if {
	input.method == "GET"
	input.host in {"api.example.com", "api2.example.com"}
	startswith(input.path, "/v1/")
}

allow if {
	input.method == "POST"
	input.host == "api.example.com"
	startswith(input.path, "/v1/charges")
	input.body <= 65536
}

allow if {
	input.method == "POST"
	input.host == "api.example.com"
	startswith(input.path, "/v1/refunds")
	input.hour >= 8
	input.hour < 18
}

allow if {
	input.method == "GET"
	endswith(input.host, ".git.example.org")
}

allow if {
	input.method == "GET"
	input.host in {"registry.example.net", "mirror.example.net"}
}

allow if {
	input.method == "PUT"
	input.host == "metrics.internal"
	input.port == 9091
}

allow if {
	input.method in {"GET", "POST"}
	input.host == "search.example.com"
	startswith(input.path, "/q")
}

allow if {
	input.method in {"GET", "PUT"}
	endswith(input.host, ".storage.example.com")
	input.body <= 10485760
}

deny if input.port == 80

deny if startswith(input.path, "/admin")

deny if {
	some suffix in [".evil.test", ".tracker.test"]
	endswith(input.host, suffix)
}

deny if {
	input.method in {"POST", "PUT"}
	input.hour < 6
	input.body > 1000000
}

decision if {
	allow
	not deny
}
