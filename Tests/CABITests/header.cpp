// The header in C++: compiles, links, and keeps a model in a unique_ptr.
// usage: header CHECKPOINT
#include <repvgg.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

int main(int argument_count, char **arguments) {
  if (argument_count != 2) return 64;
  rvg_model *loaded = nullptr;
  if (rvg_model_load(arguments[1], nullptr, &loaded) != RVG_OK) return 1;
  std::unique_ptr<rvg_model, decltype(&rvg_model_destroy)> model(loaded, rvg_model_destroy);
  rvg_session_options options = RVG_SESSION_OPTIONS_INIT;
  options.policy = RVG_POLICY_EXACT;
  rvg_session *made = nullptr;
  if (rvg_session_create(model.get(), 1, 32, 32, &options, &made) != RVG_OK) return 2;
  std::unique_ptr<rvg_session, decltype(&rvg_session_destroy)> session(made, rvg_session_destroy);
  rvg_session_info info = {};
  info.struct_size = sizeof info;
  if (rvg_session_get_info(session.get(), &info) != RVG_OK) return 3;
  std::vector<float> images(3 * 32 * 32, 0.5f), logits(static_cast<size_t>(info.class_count), NAN);
  if (rvg_session_run(session.get(), images.data(), static_cast<int64_t>(images.size()), nullptr,
                      logits.data(), info.class_count, nullptr) != RVG_OK)
    return 4;
  for (float logit : logits)
    if (!std::isfinite(logit)) return 5;
  std::puts("header: passed");
  return 0;
}
