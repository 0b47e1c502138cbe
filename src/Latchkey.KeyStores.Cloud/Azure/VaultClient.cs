using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Azure.Core;
using Azure.Identity;

namespace Latchkey.KeyStores.Cloud.Azure;

/// <summary>The REST calls of Key Vault and Managed HSM (api-version 7.4), blocking. Thread-safe; one for each vault.</summary>
internal sealed class VaultClient(Uri vault, TokenCredential credential) : IDisposable
{
    private const string Version = "?api-version=7.4";
    private const int Tries = 3;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    // No redirects: a token is for this vault and nobody it may point at.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(3) };
    private VaultChallenge? _challenge;

    /// <summary>Asks, and asks again where the service is busy or wants a token.</summary>
    /// <param name="body">null: GET.</param>
    /// <exception cref="KeyStoreException">Refused, unreachable, late.</exception>
    public JsonDocument Ask(Uri address, string? body)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var answer = Send(address, body);
            if (answer.StatusCode == HttpStatusCode.Unauthorized && attempt < Tries)
                _challenge = VaultChallenge.Read(answer, vault);
            else if (IsWorthWaiting(answer.StatusCode) && attempt < Tries)
                Pause(answer, attempt);
            else
                return Read(answer);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpResponseMessage Send(Uri address, string? body)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, address + Version);
        if (body is not null)
            request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
        try
        {
            // The first question goes without a token: the answer says which one is wanted.
            if (_challenge is { } challenge)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential.GetToken(new TokenRequestContext([challenge.Scope], tenantId: challenge.Tenant), default).Token);
            return _http.Send(request);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new KeyStoreException($"{vault.Authority} cannot be asked: {e.Message}", e);
        }
        catch (AuthenticationFailedException e)
        {
            throw new KeyStoreException($"{vault.Authority}: no token could be had: {e.Message.Split('\n')[0].TrimEnd()}", e);
        }
    }

    private void Pause(HttpResponseMessage answer, int attempt)
    {
        var wanted = answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromMilliseconds(100 * attempt);
        if (wanted > LongestPause)
            throw new KeyStoreException($"{vault.Authority} is busy and wants to be left alone for {wanted.TotalSeconds:0.#} s ({(int)answer.StatusCode})");
        Thread.Sleep(wanted); // the lane's thread, which has nothing else to do
    }

    private JsonDocument Read(HttpResponseMessage answer)
    {
        using var content = answer.Content.ReadAsStream();
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(content);
            if (answer.IsSuccessStatusCode)
                return document;
        }
        catch (JsonException e) when (answer.IsSuccessStatusCode)
        {
            throw new KeyStoreException($"{vault.Authority} sent no JSON", e);
        }
        catch (JsonException)
        {
            // An error page of something in between; the status says enough.
        }
        using (document)
            throw new KeyStoreException($"{vault.Authority} refused: {(int)answer.StatusCode} {Reason(document)}");
    }

    // { "error": { "code": …, "message": … } }
    private static string Reason(JsonDocument? document) =>
        document?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
            ? $"{Text(error, "code")}: {Text(error, "message")}"
            : "";

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.ToString().ReplaceLineEndings(" ") : "";

    private static bool IsWorthWaiting(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
}
