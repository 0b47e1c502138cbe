namespace Latchkey.Interop.Deployment;

/// <summary>A page whose images report, in the page itself, that they were decoded.</summary>
internal static class WebPage
{
    public const string AllLoaded = "images loaded: 8 of 8, 8 pixels wide";

    public static string Html { get; } =
        $"""
        <!doctype html><html><head><title>Latchkey interop</title></head><body><h1>{Origin.Greeting}</h1>
        {string.Concat(Enumerable.Range(0, 8).Select(i => $"<img src='/image{i}.png' alt=''>\n"))}
        <p id="report">not yet</p>
        <script>
          addEventListener('load', () => {'{'}
            const good = [...document.images].filter(i => i.complete && i.naturalWidth === 1);
            document.getElementById('report').textContent =
              'images loaded: ' + good.length + ' of ' + document.images.length + ', ' + good.length + ' pixels wide';
            document.documentElement.dataset.protocol = performance.getEntriesByType('navigation')[0].nextHopProtocol;
          {'}'});
        </script></body></html>
        """;

    /// <summary>One pixel.</summary>
    public static byte[] Png { get; } = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
}
