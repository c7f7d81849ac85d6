// What must not leave the site with a report. Pure.
#pragma once

#include <string>
#include <vector>

namespace wayside::cli {

// A configuration without secrets: what follows a key that names one (password, secret, token, passphrase), and who
// logs in inside of an address (mqtt://USER:PASSWORD@host). Names of files with them stay.
[[nodiscard]] std::string without_secrets(const std::string& yaml);

// Lines that name one of these devices are left out, and it is said where.
[[nodiscard]] std::string without_devices(const std::string& text, const std::vector<std::string>& devices);

}  // namespace wayside::cli
