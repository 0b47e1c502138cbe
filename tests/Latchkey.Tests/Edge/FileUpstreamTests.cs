using System.Net;
using System.Net.Http.Headers;

namespace Latchkey.Tests.Edge;

[Trait("Catalogue", "D5")]
public sealed class FileUpstreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_are_served_with_their_types_and_folders_with_their_index()
    {
        await using var edge = await StartAsync();
        using var http = edge.Http("example.test");

        using var index = await http.GetAsync("/", Token);
        using var style = await http.GetAsync("/deep/style.css", Token);
        using var unknown = await http.GetAsync("/deep/thing.unheardof", Token);

        Assert.Equal(("<h1>hello</h1>", "text/html"), (await index.Content.ReadAsStringAsync(Token), index.Content.Headers.ContentType!.MediaType));
        Assert.Equal("text/css", style.Content.Headers.ContentType!.MediaType);
        Assert.Equal("application/octet-stream", unknown.Content.Headers.ContentType!.MediaType);
        Assert.Equal("nosniff", Assert.Single(unknown.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task A_file_can_be_asked_for_in_part_again_if_changed_and_by_HEAD()
    {
        await using var edge = await StartAsync();
        using var http = edge.Http("example.test");
        using var whole = await http.GetAsync("/index.html", Token);
        Assert.NotNull(whole.Content.Headers.LastModified);

        using var part = await SendAsync(http, HttpMethod.Get, headers => headers.Range = new RangeHeaderValue(4, 8));
        using var again = await SendAsync(http, HttpMethod.Get, headers => headers.IfNoneMatch.Add(whole.Headers.ETag!));
        using var head = await SendAsync(http, HttpMethod.Head, _ => { });

        Assert.Equal((HttpStatusCode.PartialContent, "hello"), (part.StatusCode, await part.Content.ReadAsStringAsync(Token)));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal((HttpStatusCode.OK, 14, ""), (head.StatusCode, head.Content.Headers.ContentLength, await head.Content.ReadAsStringAsync(Token)));
    }

    [Theory]
    [InlineData("/../secret.txt")]
    [InlineData("/%2e%2e/secret.txt")]
    [InlineData("/..%2fsecret.txt")]
    [InlineData("/deep/..%5c..%5csecret.txt")]
    [InlineData("//secret.txt")]
    [InlineData("/outside-file")]
    [InlineData("/outside-folder/secret.txt")]
    [InlineData("/.hidden")]
    [InlineData("/.git/config")]
    [InlineData("/deep/.hidden")]
    [InlineData("/nothing")]
    [InlineData("/index.html%00.css")]
    public async Task Nothing_outside_the_folder_and_nothing_hidden_is_served(string path)
    {
        await using var edge = await StartAsync();
        await using var tls = await edge.TlsAsync("example.test");
        // By hand: the base library's client tidies paths.
        await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n"), Token);

        var answer = await new StreamReader(tls).ReadToEndAsync(Token);

        Assert.Matches("^HTTP/1.1 40[04] ", answer);
        Assert.DoesNotContain("secret content", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_inside_the_folder_and_well_known_files_are_served()
    {
        await using var edge = await StartAsync();
        using var http = edge.Http("example.test");

        Assert.Equal("<h1>hello</h1>", await http.GetStringAsync("/inside-link", Token));
        Assert.Equal("proof", await http.GetStringAsync("/.well-known/acme-challenge/token", Token));
    }

    [Fact]
    public async Task A_folder_can_only_be_read()
    {
        await using var edge = await StartAsync();
        using var http = edge.Http("example.test");

        using var refused = await http.PostAsync("/index.html", new StringContent("new"), Token);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
        Assert.Equal(["GET", "HEAD"], refused.Content.Headers.Allow);
    }

    private static async Task<EdgeUnderTest> StartAsync()
    {
        var parent = new Testing.TemporaryFolder();
        parent.Write("secret.txt", "secret content");
        parent.Write("www/index.html", "<h1>hello</h1>");
        parent.Write("www/deep/style.css", "h1 { color: red }");
        parent.Write("www/deep/thing.unheardof", "bytes");
        parent.Write("www/deep/.hidden", "secret content");
        parent.Write("www/.hidden", "secret content");
        parent.Write("www/.git/config", "secret content");
        parent.Write("www/.well-known/acme-challenge/token", "proof");
        File.CreateSymbolicLink(parent.File("www/outside-file"), parent.File("secret.txt"));
        File.CreateSymbolicLink(parent.File("www/outside-folder"), parent.Path);
        File.CreateSymbolicLink(parent.File("www/inside-link"), "index.html");
        return await EdgeUnderTest.StartAsync(("example.test", "file:" + parent.File("www")));
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, HttpMethod method, Action<HttpRequestHeaders> configure)
    {
        var request = new HttpRequestMessage(method, "/index.html");
        configure(request.Headers);
        return http.SendAsync(request, Token);
    }
}
