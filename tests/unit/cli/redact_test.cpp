#include "cli/redact.hpp"

#include "support/catch.hpp"

using namespace wayside::cli;

TEST_CASE("what follows a key that names a secret is left out") {
  CHECK(without_secrets("password: hunter2\n") == "password: (left out)\n");
  CHECK(without_secrets("  api_token: 'a b, c' # mine\n") == "  api_token: (left out) # mine\n");
  CHECK(without_secrets("uplink: {password: \"x\", host: a}\n") == "uplink: {password: (left out), host: a}\n");
}

TEST_CASE("names of files with secrets, and everything else, stay") {
  const std::string text = "uplink: {password_file: /etc/wayside/pw, port: 1883}\n# a comment: x\n";
  CHECK(without_secrets(text) == text);
}

TEST_CASE("who logs in inside of an address is left out") {
  CHECK(without_secrets("broker: mqtts://me:pw@host:8883\n") == "broker: mqtts://(left out)@host:8883\n");
  CHECK(without_secrets("broker: mqtts://host:8883\n") == "broker: mqtts://host:8883\n");
}

TEST_CASE("lines that name a device with sensitive points are left out, and no others") {
  CHECK(without_devices("plate of cam-1 seen\ncam-12 answers\n", {"cam-1"}) ==
        "(a line about cam-1, which has sensitive points, is left out)\ncam-12 answers\n");
  CHECK(without_devices("", {"cam-1"}).empty());
}
