using System.Net;
using System.Text.Json;
using Latchkey.Admin;
using Latchkey.Crypto;
using Latchkey.Metrics;
using Latchkey.Tests.Metrics;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tracing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Tests.Admin;

public sealed class AdminServerTests : IAsyncLifetime
{
    private readonly IdleRole _role = new();
    private readonly HandshakeTraces _traces = new();
    private readonly MetricsCollector _metrics = new();
    private readonly HttpClient _client = new();
    private AdminServer _server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = new AdminServer(new IPEndPoint(IPAddress.Loopback, 0), _role, _metrics, _traces, NullLoggerFactory.Instance);
        await _server.StartAsync(Cancelled);
        _client.BaseAddress = new Uri($"http://{_server.EndPoint}");
    }

    [Fact]
    public async Task Health_is_ok_while_the_process_answers()
    {
        _role.NotReady = "no key server is connected";

        Assert.Equal("ok\n", await _client.GetStringAsync("/healthz", Cancelled));
    }

    [Fact]
    [Trait("Catalogue", "T1")]
    public async Task What_is_amiss_while_it_serves_is_told_and_does_not_make_it_unready()
    {
        _role.Warnings = ["no fresh ticket key of example.test: no tickets are issued, handshakes are full ones"];

        Assert.Equal("ready\nno fresh ticket key of example.test: no tickets are issued, handshakes are full ones\n", await _client.GetStringAsync("/readyz", Cancelled));
    }

    [Theory]
    [InlineData("/cache?site=example.test", HttpStatusCode.OK, "7 forgotten\n")]
    [InlineData("/cache?site=example.test&path=%2Fa%3Fb%3D1", HttpStatusCode.OK, "1 forgotten\n")]
    [InlineData("/cache?site=other.test", HttpStatusCode.NotFound, "no site of that name has a cache\n")]
    [InlineData("/cache", HttpStatusCode.BadRequest, "expected ?site=example.test, or ?site=example.test&path=/style.css for one resource\n")]
    [InlineData("/status", HttpStatusCode.MethodNotAllowed, "only GET\n")]
    public async Task A_cache_is_purged_by_DELETE(string path, HttpStatusCode status, string text)
    {
        using var answer = await _client.DeleteAsync(path, Cancelled);

        Assert.Equal((status, text), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled)));
    }

    // DNS rebinding: a web page's own name that suddenly means 127.0.0.1.
    [Theory]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost.evil.example:9443", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost:9443", HttpStatusCode.OK)]
    [InlineData("edge.localhost", HttpStatusCode.OK)]
    [InlineData("[::1]:9443", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    public async Task A_loopback_listener_answers_only_to_addresses_and_localhost(string host, HttpStatusCode expected)
    {
        foreach (var path in (string[])["/status", "/metrics", "/healthz"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            using var answer = await _client.SendAsync(request, Cancelled);

            Assert.Equal(expected, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Readiness_tells_the_reason()
    {
        Assert.Equal("ready\n", await _client.GetStringAsync("/readyz", Cancelled));
        _role.NotReady = "no key server is connected";
        using var answer = await _client.GetAsync("/readyz", Cancelled);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("not ready: no key server is connected\n", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task Status_is_JSON()
    {
        using var status = JsonDocument.Parse(await _client.GetStringAsync("/status", Cancelled));

        Assert.Equal("edge", status.RootElement.GetProperty("role").GetString());
        Assert.Equal("127.0.0.1:8443", status.RootElement.GetProperty("listen")[0].GetString());
        Assert.True(status.RootElement.GetProperty("ready").GetBoolean());
        Assert.Equal(Environment.ProcessId, status.RootElement.GetProperty("process").GetInt32());
        Assert.Equal(1, status.RootElement.GetProperty("details").GetProperty("sites").GetInt32());
    }

    [Fact]
    public async Task Metrics_are_Prometheus_text()
    {
        using var answer = await _client.GetAsync("/metrics", Cancelled);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.NotEmpty(ExpositionText.Parse(await answer.Content.ReadAsStringAsync(Cancelled)).Samples);
    }

    [Fact]
    public async Task Only_questions_are_answered()
    {
        using var posted = await _client.PostAsync("/healthz", null, Cancelled);
        using var missing = await _client.GetAsync("/keys", Cancelled);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, HttpStatusCode.NotFound), (posted.StatusCode, missing.StatusCode));
    }

    [Fact]
    public async Task A_handshake_is_an_event_with_its_steps()
    {
        using var reader = new StreamReader(await _client.GetStreamAsync("/events", Cancelled));
        Assert.Equal(": watching", await reader.ReadLineAsync(Cancelled));
        Assert.Equal("", await reader.ReadLineAsync(Cancelled));

        Observe(_traces.Begin());

        Assert.Equal("event: handshake", await reader.ReadLineAsync(Cancelled));
        using var trace = JsonDocument.Parse((await reader.ReadLineAsync(Cancelled))!["data: ".Length..]);
        Assert.Equal("TLS 1.3", trace.RootElement.GetProperty("version").GetString());
        Assert.Equal("TLS_AES_128_GCM_SHA256", trace.RootElement.GetProperty("cipherSuite").GetString());
        Assert.Equal(12.5, trace.RootElement.GetProperty("elapsed").GetDouble());
        var steps = trace.RootElement.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("kind").GetString() + " " + step.GetProperty("name").GetString());
        Assert.Equal(["received ClientHello", "key sign", "sent CertificateVerify"], steps);
    }

    [Fact]
    public async Task Nobody_watching_costs_nothing()
    {
        Assert.Same(_traces.Begin(), _traces.Begin());
        using (var reader = new StreamReader(await _client.GetStreamAsync("/events", Cancelled)))
        {
            await reader.ReadLineAsync(Cancelled);
            Assert.NotSame(_traces.Begin(), _traces.Begin());
        }
        // The watcher has left; the server notices in its own time.
        while (!ReferenceEquals(_traces.Begin(), _traces.Begin()))
            await Task.Delay(10, Cancelled);
    }

    private static void Observe(HandshakeObserver observer)
    {
        observer.Received(HandshakeType.ClientHello, 200);
        observer.KeyOperation("sign", TimeSpan.FromMilliseconds(2));
        observer.Sent(HandshakeType.CertificateVerify, 80);
        var certificate = new TlsCertificate { Chain = [], PublicKey = null!, Custody = new SignatureCustody("signature", null!) };
        var site = new TlsSite { Name = "example.test", Certificates = [certificate] };
        var info = new TlsHandshakeInfo { Version = TlsVersion.Tls13, CipherSuite = CipherSuite.TLS_AES_128_GCM_SHA256, Group = NamedGroup.X25519, Site = site, Certificate = certificate };
        observer.Completed(info, TimeSpan.FromMilliseconds(12.5));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _metrics.Dispose();
    }
}
