using System.Net;
using System.Text;

namespace Latchkey.Testing.Cloud;

/// <summary>A service's HTTP side on a free loopback port; what it answers is the derived class's to say.</summary>
public abstract class HttpStandIn : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    protected HttpStandIn()
    {
        EndPoint = new Uri($"http://127.0.0.1:{FreePort.Next()}/");
        _listener.Prefixes.Add(EndPoint.AbsoluteUri);
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public Uri EndPoint { get; }

    /// <summary>The next so many questions are answered as by a busy service.</summary>
    public int Busy { get; set; }

    /// <summary>How long every answer takes.</summary>
    public TimeSpan Delay { get; set; }

    public int Questions { get; private set; }

    protected abstract (int Status, string Body) Answer(HttpListenerRequest request, byte[] body, HttpListenerResponse response);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
        GC.SuppressFinalize(this);
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            _ = AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            await Task.Delay(Delay);
            string text;
            lock (_listener)
            {
                Questions++;
                (context.Response.StatusCode, text) = Answer(context.Request, body.ToArray(), context.Response);
            }
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The asker has gone.
        }
    }
}
