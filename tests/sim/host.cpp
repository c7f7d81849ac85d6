#include "sim/host.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "sim/nearest.hpp"

namespace wayside::sim {
namespace {

// After a longer stall (a suspended laptop) time is left out instead of rushed through.
constexpr int kMostTicksAtOnce = 50;

}  // namespace

Host::Host(boost::asio::io_context& io, std::unique_ptr<World> world, Say say)
    : io_(io), say_(std::move(say)), world_(std::move(world)), timer_(io), next_(std::chrono::steady_clock::now()) {}

base::Result<std::unique_ptr<Host>> Host::start(boost::asio::io_context& io, const Scene& scene,
                                                const std::string& control, Say say) {
  auto world = World::create(scene);
  if (!world) return world.error();
  auto host = std::make_unique<Host>(io, std::move(*world), std::move(say));
  for (const auto& line : scene.lines) {
    if (const auto opened = host->open_line(line); !opened) return opened.error().in("line " + line.name);
  }
  if (!control.empty()) {
    auto opened = ControlServer::open(io, control, std::bind_front(&Host::command, host.get()));
    if (!opened) return opened.error();
    host->control_ = std::move(*opened);
  }
  host->arm();
  return host;
}

base::Result<void> Host::open_line(const LineSpec& line) {
  Slave& slave = world_->slave(line.name);
  if (!line.pty.empty()) {
    auto pty = PtyLine::open(io_, slave, line.pty, line.baud, line.echo);
    if (!pty) return pty.error();
    ptys_.push_back(std::move(*pty));
    places_.emplace_back(line.name, line.pty);
    say_(fmt::format("line {} at {}, {} baud", line.name, line.pty, line.baud));
    return {};
  }
  auto server = TcpServer::open(io_, slave, line.host, line.port);
  if (!server) return server.error();
  const std::uint16_t port = (*server)->port();
  tcp_.push_back(std::move(*server));
  places_.emplace_back(line.name, std::to_string(port));
  say_(fmt::format("line {} at {}:{}", line.name, line.host, port));
  return {};
}

void Host::arm() {
  next_ += World::kTick;
  timer_.expires_at(next_);
  timer_.async_wait(std::bind_front(&Host::tick, this));
}

void Host::tick(const boost::system::error_code& error) {
  if (error) return;
  const auto told = [this](const ScriptStep& step, const base::Result<void>& outcome) {
    tell("script", step.target, step.fault, outcome);
  };
  world_->advance(told);
  const auto now = std::chrono::steady_clock::now();
  for (int i = 0; i < kMostTicksAtOnce && next_ + World::kTick <= now; ++i) {
    next_ += World::kTick;
    world_->advance(told);
  }
  if (next_ + World::kTick <= now) next_ = now;
  arm();
}

void Host::tell(std::string_view source, const std::string& target, std::string_view fault,
                const base::Result<void>& outcome) {
  say_(fmt::format("fault {} {} ({}){}", target, fault, source, outcome ? "" : ": error: " + outcome.error().what));
}

std::string Host::command(const std::string& line) {
  const auto words = split_words(line);
  if (words.size() == 1 && words[0] == "list") {
    std::string answer;
    for (const auto& each : world_->list()) answer += each + "\n";
    return answer + "ok";
  }
  if (words.size() >= 3 && words[0] == "fault") {
    const std::string target(words[1]);
    std::string fault(words[2]);
    for (std::size_t i = 3; i < words.size(); ++i) fault.append(" ").append(words[i]);
    const auto outcome = world_->fault(target, fault);
    tell("control", target, fault, outcome);
    return outcome ? "ok" : "error: " + outcome.error().what;
  }
  const std::string given(words.empty() ? "" : words[0]);
  if (given == "fault") return "error: usage: fault TARGET FAULT [ARG]";
  return fmt::format("error: unknown command '{}'{}", given, nearest_hint(given, {"fault", "list"}));
}

base::Result<void> write_ready_file(const std::string& path, const Host& host) {
  const std::string aside = path + ".new";
  std::error_code error;
  {
    std::ofstream file(aside, std::ios::trunc);
    for (const auto& [name, place] : host.places()) file << name << '=' << place << '\n';
    file.flush();
    if (!file) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) std::filesystem::rename(aside, path, error);
  if (!error) return {};
  return base::Error{base::Errc::io, base::Consequence::fatal,
                     fmt::format("ready file '{}': {}", path, error.message())};
}

}  // namespace wayside::sim
