using System.Diagnostics;
using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.KeyPlaces;

/// <summary>Pages served with keys in a token and in a TPM, to OpenSSL, in each custody.</summary>
public sealed class DeviceTests(DeviceSites shared) : IClassFixture<DeviceSites>
{
    public static TheoryData<string, string, string> Handshakes { get; } = new(
        from custody in new[] { "signature", "exchange", "session-keys", "handshake" }
        from handshake in new[] { ("ecdsa", "-tls1_3"), ("ecdsa", "-tls1_2"), ("rsa", "-tls1_3"), ("rsa", "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256"), ("rsa", "-tls1_2 -cipher AES128-GCM-SHA256") }
        select (custody, handshake.Item1, handshake.Item2));

    [Theory]
    [MemberData(nameof(Handshakes))]
    [Trait("Catalogue", "S2")]
    public async Task A_page_is_served_with_a_key_in_a_token(string custody, string key, string options) => await AssertServedAsync($"hsm-{custody}-{key}", options);

    [Theory]
    [MemberData(nameof(Handshakes))]
    [Trait("Catalogue", "S1")]
    public async Task A_page_is_served_with_a_key_in_a_tpm(string custody, string key, string options) => await AssertServedAsync($"tpm-{custody}-{key}", options);

    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256")]
    [InlineData("-tls1_2 -cipher AES128-GCM-SHA256")]
    [Trait("Catalogue", "S2")]
    public async Task A_page_is_served_with_a_key_in_a_token_beside_the_edge(string options) => await AssertServedAsync("edge-hsm", options);

    [Fact]
    [Trait("Catalogue", "S2")]
    public async Task Each_device_has_a_lane_on_the_status_page_and_in_the_metrics()
    {
        var sites = await shared.GetAsync();
        await AssertServedAsync("hsm-signature-rsa", "-tls1_2");
        await AssertServedAsync("tpm-signature-rsa", "-tls1_2");

        var (_, status) = await sites.KeyServer.AdminAsync("/status");
        var (_, metrics) = await sites.KeyServer.AdminAsync("/metrics");

        Assert.Contains("pkcs11 token", status, StringComparison.Ordinal);
        Assert.Contains($"tpm {shared.Tpm.Device}", status, StringComparison.Ordinal);
        Assert.Contains($"lane=\"tpm {shared.Tpm.Device}\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(SoftHsm.Pin, status + metrics, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Catalogue", "S1")]
    public async Task A_tpm_that_dies_takes_its_own_sites_along_and_brings_them_back_with_it()
    {
        var sites = await shared.GetAsync();
        await shared.Tpm.KillAsync();
        try
        {
            Assert.NotEqual(0, (await VisitAsync(sites, "tpm-signature-ecdsa", "-tls1_3")).ExitCode);
            await AssertServedAsync("hsm-signature-ecdsa", "-tls1_3");
            await sites.KeyServer.Process.WaitForLineAsync("out of reach");
        }
        finally
        {
            await shared.Tpm.RestartAsync();
        }

        var back = Stopwatch.StartNew();
        while ((await VisitAsync(sites, "tpm-signature-ecdsa", "-tls1_3")).ExitCode != 0)
            Assert.True(back.Elapsed < TimeSpan.FromSeconds(30), "it does not come back");
    }

    private async Task AssertServedAsync(string site, string options)
    {
        var visit = await VisitAsync(await shared.GetAsync(), site, options);
        Assert.Contains(Origin.Greeting, visit.Succeeded().Output, StringComparison.Ordinal);
    }

    private static Task<ChildResult> VisitAsync(KeylessDeployment sites, string site, string options)
    {
        var host = $"{site}.example.test";
        return OpenSslClient.RunAsync(sites, host, options.Split(' '), $"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    }
}
