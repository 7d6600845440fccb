-- Pages of Markdown become pages of HTML, and their links with them. The README
-- of the project is the site's index.html, that of docs/ its contents.html.
-- What is neither stays a path of the project and is shown as code.

local function page_of(target)
  local path, anchor = target:match("^([^#]*)(#?.*)$")
  if path == "" then return target end
  if path:match("^%.%./README%.md$") then return "index.html" .. anchor end
  path = path:gsub("^docs/", "")
  if path:match("README%.md$") then path = path:gsub("README%.md$", "contents.md") end
  if path:match("%.md$") then return path:gsub("%.md$", ".html") .. anchor end
  if path:match("%.json$") then return path end
  return nil
end

function Link(link)
  if link.target:match("^%a+:") then return link end
  local page = page_of(link.target)
  if page == nil then return link.content end
  link.target = page
  return link
end

-- A page without a title of its own is called by its first heading.
function Pandoc(document)
  if document.meta.title then return document end
  for _, block in ipairs(document.blocks) do
    if block.t == "Header" then
      document.meta.title = pandoc.MetaString(pandoc.utils.stringify(block))
      break
    end
  end
  return document
end
