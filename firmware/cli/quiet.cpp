#include "cli/quiet.hpp"

#include "control/client.hpp"

namespace wayside::cli {

std::optional<control::v1::Response> ask_quietly(const std::string& socket, const control::v1::Request& request,
                                                 std::string& why, int stop) {
  auto client = control::Client::connect(socket);
  if (!client) {
    why = client.error().what;
    return std::nullopt;
  }
  if (const auto sent = client->send(request); !sent) {
    why = sent.error().what;
    return std::nullopt;
  }
  auto response = client->receive(stop);
  if (!response) {
    why = response.error().what;
    return std::nullopt;
  }
  if (response->response_case() == control::v1::Response::kError) {
    why = response->error();
    return std::nullopt;
  }
  return std::move(*response);
}

}  // namespace wayside::cli
