package documents

default decision := false

allow if input.role == "admin"

allow if {
	input.role == "editor"
	input.action in {"read", "write"}
}

allow if {
	input.user == input.owner
	input.action != "delete"
}

allow if {
	input.action == "read"
	input.level <= 2
}

deny if {
	input.state == "frozen"
	input.action in {"write", "delete"}
}

decision if {
	allow
	not deny
}
