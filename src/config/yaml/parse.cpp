// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/parse.h"

#include <libfyaml.h>

#include <memory>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "config/yaml/lines.h"
#include "config/yaml/single_quoted.h"

namespace reeve::config::yaml {

namespace {

struct ParserDeleter {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
struct DiagDeleter {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};

std::string_view text_of(fy_token* token) {
  std::size_t size = 0;
  const char* text = token == nullptr ? nullptr : fy_token_get_text(token, &size);
  return text == nullptr ? std::string_view{} : std::string_view(text, size);
}

std::size_t count_nodes(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) count += count_nodes(item);
  for (const Entry& entry : node.entries) count += count_nodes(entry.value);
  return count;
}

std::size_t depth_of(const Node& node) {
  std::size_t depth = 0;
  for (const Node& item : node.items) depth = std::max(depth, depth_of(item));
  for (const Entry& entry : node.entries) depth = std::max(depth, depth_of(entry.value));
  return depth + 1;
}

/// First byte that is not part of valid UTF-8, or of a character that YAML forbids; size if all is well.
std::size_t first_bad_byte(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned c = at(i);
    if (c < 0x80) {
      if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) return i;
      ++i;
      continue;
    }
    const std::size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (c < 0xC2 || c > 0xF4) return i;
    if ((c == 0xE0 && at(i + 1) < 0xA0) || (c == 0xED && at(i + 1) > 0x9F) ||
        (c == 0xF0 && at(i + 1) < 0x90) || (c == 0xF4 && at(i + 1) > 0x8F))
      return i;
    for (std::size_t k = 1; k < length; ++k)
      if ((at(i + k) & 0xC0) != 0x80) return i;
    i += length;
  }
  return text.size();
}

/// Where a block scalar's `|` or `>` stands, given where its content begins.
std::size_t block_indicator(std::string_view text, std::size_t content) {
  std::size_t end = std::min(content, text.size());
  while (end > 0) {
    end = text.find_last_not_of(" \t\r\n", end - 1);
    if (end == std::string_view::npos) break;
    ++end;
    const std::size_t line_break = text.find_last_of("\r\n", end - 1);
    const std::size_t begin = line_break == std::string_view::npos ? 0 : line_break + 1;
    for (std::size_t i = begin; i < end; ++i) {
      if (text[i] != '|' && text[i] != '>') continue;
      const std::size_t after = std::min(text.find_first_not_of("0123456789+-", i + 1), end);
      const std::size_t comment = std::min(text.find_first_not_of(" \t", after), end);
      if (comment == end || (text[comment] == '#' && comment > after)) return i;
    }
    end = begin;
  }
  return content;
}

/// Builds the tree from events.
class Builder {
 public:
  Builder(std::string_view text, std::uint32_t file) : text_(text), lines_(text, file) {
    last_ = lines_.at(0);
  }

  /// False when error() is set or the document is whole.
  bool take(const fy_event& event);
  std::optional<SyntaxError> error() && { return std::move(error_); }
  bool failed() const { return error_.has_value(); }
  SourcePos last() const { return last_; }
  Node root() && {
    if (root_) return std::move(*root_);
    Node empty;
    empty.kind = Node::Kind::Mapping;
    empty.at = lines_.at(0);
    return empty;
  }

 private:
  struct Open {
    Node node;
    std::string anchor;
    bool expects_value = false;  // of the mapping's last entry
  };

  bool fail(SourcePos at, std::string text, std::string fix) {
    error_ = SyntaxError{at, std::move(text), std::move(fix)};
    return false;
  }
  SourcePos place(fy_token* token) {
    const fy_mark* mark = token == nullptr ? nullptr : fy_token_start_mark(token);
    if (mark != nullptr) last_ = lines_.at(mark->input_pos);
    return last_;
  }
  std::string scalar_text(fy_token* token) const;
  SourcePos scalar_place(fy_token* token);
  bool open(fy_token* token, fy_token* tag, fy_token* anchor, Node::Kind kind);
  bool close();
  bool scalar(const fy_event_scalar_data& data);
  bool alias(fy_token* anchor);
  bool check_tag(fy_token* tag);
  bool put(Node node);

  std::string_view text_;
  Lines lines_;
  SourcePos last_;
  std::vector<Open> open_;
  std::optional<Node> root_;
  std::unordered_map<std::string, Node> anchors_;
  std::size_t alias_nodes_ = 0;
  bool second_document_ = false;
  std::optional<SyntaxError> error_;
};

bool Builder::check_tag(fy_token* tag) {
  const std::string_view text = text_of(tag);
  if (text.empty()) return true;
  for (const char* known :
       {"!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float",
        "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
    if (text == known) return true;
  for (const char* known : {"!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq"})
    if (text == known) return true;
  return fail(place(tag), fmt::format("the tag {} is not part of YAML 1.2 core", text), "remove the tag");
}

bool Builder::put(Node node) {
  if (open_.empty()) {
    root_ = std::move(node);
    return true;
  }
  Open& parent = open_.back();
  if (parent.node.is_sequence()) {
    parent.node.items.push_back(std::move(node));
    return true;
  }
  if (parent.expects_value) {
    parent.expects_value = false;
    if (node.is_blank()) node.at = parent.node.entries.back().key_at;
    parent.node.entries.back().value = std::move(node);
    return true;
  }
  if (!node.is_scalar())
    return fail(node.at, "a key must be a text, not a list or a mapping",
                "put quotes around it if it begins with [ or {");
  parent.node.entries.push_back({std::move(node.text), node.at, {}});
  parent.expects_value = true;
  return true;
}

bool Builder::open(fy_token* token, fy_token* tag, fy_token* anchor, Node::Kind kind) {
  if (!check_tag(tag)) return false;
  const SourcePos at = place(token);
  if (open_.size() >= kDepthMax)
    return fail(at, fmt::format("nested deeper than {} levels", kDepthMax), "flatten the file");
  Open opened;
  opened.node.kind = kind;
  opened.node.at = at;
  opened.anchor = text_of(anchor);
  open_.push_back(std::move(opened));
  return true;
}

bool Builder::close() {
  Open closed = std::move(open_.back());
  open_.pop_back();
  if (!closed.anchor.empty()) anchors_[closed.anchor] = closed.node;
  return put(std::move(closed.node));
}

/// libfyaml marks where a scalar's content begins; people look for its quote or indicator.
SourcePos Builder::scalar_place(fy_token* token) {
  const fy_mark* mark = token == nullptr ? nullptr : fy_token_start_mark(token);
  if (mark == nullptr) return last_;
  std::size_t offset = std::min(mark->input_pos, text_.size());
  switch (fy_token_scalar_style(token)) {
    case FYSS_SINGLE_QUOTED:
    case FYSS_DOUBLE_QUOTED:
      if (offset > 0 && (text_[offset - 1] == '"' || text_[offset - 1] == '\'')) --offset;
      break;
    case FYSS_LITERAL:
    case FYSS_FOLDED:
      offset = block_indicator(text_, offset);
      break;
    default:
      break;
  }
  last_ = lines_.at(offset);
  return last_;
}

std::string Builder::scalar_text(fy_token* token) const {
  const fy_mark* mark = token == nullptr ? nullptr : fy_token_start_mark(token);
  if (mark == nullptr || fy_token_scalar_style(token) != FYSS_SINGLE_QUOTED)
    return std::string(text_of(token));
  return single_quoted(text_, mark->input_pos);
}

bool Builder::scalar(const fy_event_scalar_data& data) {
  if (!check_tag(data.tag)) return false;
  Node node;
  node.text = scalar_text(data.value);
  node.at = scalar_place(data.value);
  node.plain =
      (data.value == nullptr || fy_token_scalar_style(data.value) == FYSS_PLAIN) && data.tag == nullptr;
  if (data.anchor != nullptr) anchors_[std::string(text_of(data.anchor))] = node;
  return put(std::move(node));
}

bool Builder::alias(fy_token* anchor) {
  const std::string name(text_of(anchor));
  const SourcePos at = place(anchor);
  for (const Open& open : open_)
    if (open.anchor == name)
      return fail(at, fmt::format("the alias *{} stands inside its own anchor", name), "write the value out");
  const auto found = anchors_.find(name);
  if (found == anchors_.end())
    return fail(at, fmt::format("no anchor &{} comes before this alias", name),
                "define it above, in this file");
  alias_nodes_ += count_nodes(found->second);
  if (alias_nodes_ > kAliasNodesMax)
    return fail(at, fmt::format("aliases expand to more than {} values", kAliasNodesMax),
                "use fewer aliases");
  if (open_.size() + depth_of(found->second) > kDepthMax)
    return fail(at, fmt::format("with this alias the file is nested deeper than {} levels", kDepthMax),
                "flatten the file");
  return put(found->second);
}

bool Builder::take(const fy_event& event) {
  switch (event.type) {
    case FYET_DOCUMENT_START:
      if (second_document_)
        return fail(place(event.document_start.document_start), "a second document begins here",
                    "keep one document in the file; `include` joins files");
      second_document_ = true;
      return true;
    case FYET_MAPPING_START:
      return open(event.mapping_start.mapping_start, event.mapping_start.tag, event.mapping_start.anchor,
                  Node::Kind::Mapping);
    case FYET_SEQUENCE_START:
      return open(event.sequence_start.sequence_start, event.sequence_start.tag, event.sequence_start.anchor,
                  Node::Kind::Sequence);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
      return close();
    case FYET_SCALAR:
      return scalar(event.scalar);
    case FYET_ALIAS:
      return alias(event.alias.anchor);
    default:
      return true;
  }
}

/// What libfyaml says, in our position and without its line breaks.
SyntaxError told_by(fy_diag* diag, Lines& lines, std::string_view text, SourcePos fallback,
                    std::uint32_t file) {
  void* walk = nullptr;
  const fy_diag_error* first = fy_diag_errors_iterate(diag, &walk);
  SyntaxError error{fallback, "this is not valid YAML",
                    "check indentation, quotes, brackets and colons here"};
  if (first == nullptr) return error;
  if (first->msg != nullptr && *first->msg != '\0') {
    error.text = first->msg;
    while (!error.text.empty() && (error.text.back() == '\n' || error.text.back() == '.'))
      error.text.pop_back();
    error.text = "not valid YAML: " + error.text;
  }
  const fy_mark* mark = first->fyt == nullptr ? nullptr : fy_token_start_mark(first->fyt);
  if (mark != nullptr && mark->input_pos <= text.size())
    error.at = lines.at(mark->input_pos);
  else if (first->line > 0)
    error.at = {file, static_cast<std::uint32_t>(first->line),
                static_cast<std::uint32_t>(std::max(1, first->column))};
  return error;
}

}  // namespace

const Entry* Node::find_entry(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

const Node* Node::find(std::string_view key) const {
  const Entry* entry = find_entry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

SourcePos Node::first_key() const {
  return entries.empty() ? at : entries.front().key_at;
}

std::expected<Node, SyntaxError> parse(std::string_view text, std::uint32_t file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Lines lines(text, file);
  if (text.size() > kFileMax)
    return std::unexpected(SyntaxError{lines.at(0),
                                       fmt::format("the file is larger than {} MiB", kFileMax >> 20),
                                       "split it with `include`"});
  if (const std::size_t bad = first_bad_byte(text); bad != text.size())
    return std::unexpected(SyntaxError{
        lines.at(bad),
        fmt::format(
            "the byte 0x{:02x} is not allowed: a configuration is UTF-8 text without control characters",
            static_cast<unsigned char>(text[bad])),
        "save the file as UTF-8"});

  fy_diag_cfg diag_config{};
  diag_config.level = FYET_ERROR;
  diag_config.module_mask = ~0u;
  const std::unique_ptr<fy_diag, DiagDeleter> diag(fy_diag_create(&diag_config));
  if (diag == nullptr) throw std::bad_alloc();
  fy_diag_set_collect_errors(diag.get(), true);
  fy_parse_cfg config{};
  config.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE |
                                                 FYPCF_DEFAULT_VERSION_1_2 | FYPCF_ALLOW_DUPLICATE_KEYS);
  config.diag = diag.get();
  const std::unique_ptr<fy_parser, ParserDeleter> parser(fy_parser_create(&config));
  if (parser == nullptr) throw std::bad_alloc();
  // A null pointer would mean "until NUL".
  if (fy_parser_set_string(parser.get(), text.empty() ? "" : text.data(), text.size()) != 0)
    throw std::bad_alloc();

  Builder builder(text, file);
  while (fy_event* event = fy_parser_parse(parser.get())) {
    const bool end = event->type == FYET_STREAM_END;
    const bool go_on = builder.take(*event);
    fy_parser_event_free(parser.get(), event);
    if (!go_on) return std::unexpected(*std::move(builder).error());
    if (end) return std::move(builder).root();
  }
  if (text.empty()) return std::move(builder).root();
  return std::unexpected(told_by(diag.get(), lines, text, builder.last(), file));
}

}  // namespace reeve::config::yaml
