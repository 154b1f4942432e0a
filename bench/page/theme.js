// The switch between light and dark. Without a choice the system decides, as the style sheet says.

function followTheme(select) {
  const remembered = (use) => {
    try {
      return use(localStorage);
    } catch {
      return null; // a file's page may have no storage
    }
  };
  const show = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  select.value = remembered((storage) => storage.getItem("vkmbv3-theme")) ?? "";
  show(select.value);
  select.addEventListener("change", () => {
    show(select.value);
    remembered((storage) => storage.setItem("vkmbv3-theme", select.value));
  });
}
