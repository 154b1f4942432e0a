// Starts the page: reads what was chosen from the address, and draws everything once.

readAddress();
followTheme(byId("theme"));
offerNetworks();
showDevices();
showScaling();
showComparison();
showDevice();
for (const { draw: drawn } of drawings) drawn();
for (const link of document.querySelectorAll('a[href^="#"]'))
  link.addEventListener("click", (event) => {
    event.preventDefault();
    goTo(link.hash.slice(1));
  });
if (section) byId(section)?.scrollIntoView();
addEventListener("hashchange", () => location.reload()); // only by hand: what is chosen here replaces the address quietly
